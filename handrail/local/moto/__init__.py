"""moto in this process: the same after a restart, as every change that it accepted is kept and done again.

request ─► application ─► moto
               │
               └► journal: written before it is done, struck out where it is refused
"""

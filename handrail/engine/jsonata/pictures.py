"""`$formatNumber`: numbers in picture strings, after XPath's format-number (www.w3.org/TR/xpath-functions-31, 4.7)."""

from typing import Final, NamedTuple

from handrail.engine.jsonata.errors import JsonataError
from handrail.engine.jsonata.numeric import rounded
from handrail.engine.jsonata.sequence import MISSING, Value

_SIGNS: Final = {
    "decimal-separator": ".",
    "grouping-separator": ",",
    "exponent-separator": "e",
    "infinity": "Infinity",
    "minus-sign": "-",
    "NaN": "NaN",
    "percent": "%",
    "per-mille": "\u2030",
    "zero-digit": "0",
    "digit": "#",
    "pattern-separator": ";",
}


class Signs(NamedTuple):
    """The characters that mean something in a picture."""

    decimal: str
    grouping: str
    exponent: str
    infinity: str
    minus: str
    nan: str
    percent: str
    per_mille: str
    zero: str
    digit: str
    pattern: str

    @property
    def digits(self) -> str:
        return "".join(chr(ord(self.zero) + digit) for digit in range(10))

    @property
    def active(self) -> str:
        return self.digits + self.decimal + self.grouping + self.exponent + self.digit

    def mandatory(self, part: str) -> int:
        return sum(sign in self.digits for sign in part)

    def places(self, part: str) -> int:
        return sum(sign in self.digits or sign == self.digit for sign in part)

    def written(self, digits: str) -> str:
        return digits.translate({ord("0") + digit: sign for digit, sign in enumerate(self.digits)})


class Picture(NamedTuple):
    """One of the (at most two) pictures of a picture string, in its parts."""

    text: str
    prefix: str
    active: str
    suffix: str
    mantissa: str
    exponent: str | None
    whole: str
    fraction: str


def format_number(value: Value, picture: Value, options: Value) -> Value:
    """The number as the picture says; raises D3080 to D3093 for a picture that breaks one of the rules."""
    if value is MISSING:
        return MISSING
    if picture is MISSING:
        raise JsonataError("", message="a picture is needed")
    given = {} if options is MISSING else options
    signs = Signs(*[given.get(name, sign) for name, sign in _SIGNS.items()])
    texts = picture.split(signs.pattern)
    if len(texts) > 2:
        raise JsonataError("D3080")
    pictures = [_read(text, signs) for text in texts]
    for each in pictures:
        _check(each, signs)
    minus = signs.minus if value < 0 and len(pictures) == 1 else ""
    chosen = pictures[0] if value >= 0 else pictures[-1]
    return minus + chosen.prefix + _body(value, chosen, signs) + chosen.suffix


def _read(text: str, signs: Signs) -> Picture:
    marks = [at for at, sign in enumerate(text) if sign in signs.active and sign != signs.exponent]
    # A picture without any such sign is all in the middle, as AWS was seen to take it.
    start, end = (marks[0], marks[-1] + 1) if marks else (0, len(text))
    active = text[start:end]
    mantissa, exponent = active, None
    at = text.find(signs.exponent, start)
    if start <= at <= end:
        mantissa, exponent = text[start:at], text[at + 1 : end]
    whole, _, fraction = mantissa.partition(signs.decimal)
    return Picture(text, text[:start], active, text[end:], mantissa, exponent, whole, fraction)


def _check(picture: Picture, signs: Signs) -> None:
    """Raise the last of the rules that the picture breaks, as JSONata does."""
    text, whole, fraction, exponent = picture.text, picture.whole, picture.fraction, picture.exponent
    at = text.find(signs.decimal)
    beside = (text[at - 1 : at] + text[at + 1 : at + 2]) if at >= 0 else ""
    portion = signs.percent in text or signs.per_mille in text
    broken = {
        "D3081": text.count(signs.decimal) > 1,
        "D3082": text.count(signs.percent) > 1,
        "D3083": text.count(signs.per_mille) > 1,
        "D3084": signs.percent in text and signs.per_mille in text,
        "D3085": not signs.places(picture.mantissa),
        "D3086": any(sign not in signs.active for sign in picture.active),
        "D3087": signs.grouping in beside,
        "D3088": at < 0 and whole.endswith(signs.grouping),
        "D3089": signs.grouping * 2 in text,
        "D3090": bool(signs.mandatory(whole.partition(signs.digit)[0])) and signs.digit in whole,
        "D3091": signs.digit in fraction and bool(signs.mandatory(fraction.rpartition(signs.digit)[2])),
        "D3092": bool(exponent) and portion,
        "D3093": exponent is not None and (not exponent or signs.mandatory(exponent) < len(exponent)),
    }
    codes = [code for code, is_broken in broken.items() if is_broken]
    if codes:
        raise JsonataError(codes[-1])


def _body(value: int | float, picture: Picture, signs: Signs) -> str:
    if value - value != 0:
        return signs.nan if value != value else signs.infinity
    scale = 100 if signs.percent in picture.text else 1000 if signs.per_mille in picture.text else 1
    number, exponent = abs(value) * scale, None
    if picture.exponent is not None:
        number, exponent = _scaled(number, signs.mandatory(picture.whole))
    least_whole, least, most = _sizes(picture, signs)
    whole, _, fraction = f"{rounded(number, most):.{most}f}".partition(".")
    whole = _grouped(signs.written(whole.lstrip("0").rjust(least_whole, "0")), picture.whole, signs)
    fraction = _divided(signs.written(fraction.rstrip("0").ljust(least, "0")), picture.fraction, signs)
    body = whole + (signs.decimal + fraction if fraction and signs.decimal in picture.text else "")
    return body if exponent is None else body + _power(exponent, picture.exponent or "", signs)


def _scaled(number: int | float, places: int) -> tuple[int | float, int]:
    """The number with so many digits before the point, and the power of ten that was taken away."""
    exponent = 0
    while 0 < number < 10.0 ** (places - 1):
        number *= 10
        exponent -= 1
    while number > 10.0**places:
        number /= 10
        exponent += 1
    return number, exponent


def _sizes(picture: Picture, signs: Signs) -> tuple[int, int, int]:
    """How many digits must be before the point, must be after it, and may be after it."""
    whole, least, most = signs.mandatory(picture.whole), signs.mandatory(picture.fraction), 0
    most = signs.places(picture.fraction)
    if whole == 0 and most == 0:
        if picture.exponent is None:
            whole = 1
        else:
            least = most = 1
    if whole == 0 and picture.exponent is not None and signs.digit in picture.whole:
        whole = 1
    return whole, 1 if whole == 0 and least == 0 else least, most


def _grouped(digits: str, part: str, signs: Signs) -> str:
    """The digits before the point with separators: where the picture has them, or on and on if it is regular."""
    places = [signs.places(rest) for rest in _rests(part, signs.grouping)]
    step = min(places, default=0)
    if step and sorted(places) == [step * at for at in range(1, len(places) + 1)]:
        places = list(range(step, len(digits), step))
    for place in sorted(places):
        at = len(digits) - place - sum(other < place for other in places)
        digits = digits[:at] + signs.grouping + digits[at:] if at > 0 else digits
    return digits


def _rests(part: str, separator: str) -> list[str]:
    return [part[at + 1 :] for at, sign in enumerate(part) if sign == separator]


def _divided(digits: str, part: str, signs: Signs) -> str:
    """The digits after the point with separators where the picture has them."""
    for done, at in enumerate(at for at, sign in enumerate(part) if sign == signs.grouping):
        place = signs.places(part[:at]) + done
        digits = digits[:place] + signs.grouping + digits[place:] if place < len(digits) else digits
    return digits


def _power(exponent: int, part: str, signs: Signs) -> str:
    digits = signs.written(str(abs(exponent)).rjust(signs.mandatory(part), "0"))
    return signs.exponent + (signs.minus if exponent < 0 else "") + digits

# Renamed in code with a `moved` block: the next apply will note it, and no resource changes.
terraform {
  backend "local" {}
}

moved {
  from = terraform_data.old
  to   = terraform_data.new
}

resource "terraform_data" "new" {
  input = 1
}

# The code says 2, the state says 1: merged, and not applied yet.
terraform {
  backend "local" {}
}

resource "terraform_data" "this" {
  input = 2
}

# Does not parse: the failure is told with its file and line, and the other roots are checked all the same.
terraform {
  backend "local" {}
}

resource "terraform_data" "this" {
  input =
}

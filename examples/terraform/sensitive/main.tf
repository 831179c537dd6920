# The secret was changed by hand. That it changed is told; what it was and what it is never leave Terraform.
terraform {
  backend "local" {}
  required_providers {
    mockcloud = { source = "test.local/ops/mockcloud" }
  }
}

variable "secret" {
  type      = string
  sensitive = true
}

resource "mockcloud_object" "this" {
  name   = "sensitive"
  secret = var.secret
}

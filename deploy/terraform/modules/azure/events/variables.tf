variable "name" {
  type = string
}

variable "resource_group" {
  type = object({ name = string, location = string })
}

variable "sender_principal_id" {
  type = string
}

variable "endpoint_subnet_id" {
  type = string
}

variable "dns_zone_id" {
  type = string
}

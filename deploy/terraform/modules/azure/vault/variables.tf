variable "name" {
  type = string
}

variable "resource_group" {
  type = object({ name = string, location = string })
}

variable "vault" {
  description = "At most 24 letters, digits and dashes, and nobody else's in all of Azure."
  type        = string

  validation {
    condition     = length(var.vault) <= 24
    error_message = "It has more than 24 characters."
  }
}

variable "tenant_id" {
  type = string
}

variable "reader_principal_id" {
  type = string
}

variable "officer_group_object_id" {
  description = "The group whose members put secrets there."
  type        = string
}

variable "admin_cidrs" {
  description = "From where they do so; with none, from inside the network alone."
  type        = list(string)
}

variable "endpoint_subnet_id" {
  type = string
}

variable "dns_zone_id" {
  type = string
}

variable "log_workspace_id" {
  type = string
}

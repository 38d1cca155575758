variable "name" {
  type = string
}

variable "resource_group" {
  type = object({ name = string, location = string })
}

variable "uploads_account" {
  description = "At most 24 small letters and digits, and nobody else's in all of Azure."
  type        = string
}

variable "uploads_replication" {
  type = string
}

variable "principal_ids" {
  description = "Of the identities of api, feedback and delivery."
  type        = object({ api = string, feedback = string, delivery = string })
}

variable "backups_account" {
  type = string
}

variable "backups_replication" {
  type = string
}

variable "endpoint_subnet_id" {
  type = string
}

variable "blobs_dns_zone_id" {
  type = string
}

variable "log_workspace_id" {
  type = string
}

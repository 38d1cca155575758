variable "name" {
  type = string
}

variable "resource_group" {
  type = object({ name = string, location = string })
}

variable "files_account" {
  description = "At most 24 small letters and digits, and nobody else's in all of Azure."
  type        = string
}

variable "files_replication" {
  description = "ZRS where the region has it for premium files, else LRS."
  type        = string
}

variable "uploads_gib" {
  type = number
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

variable "files_dns_zone_id" {
  type = string
}

variable "blobs_dns_zone_id" {
  type = string
}

variable "log_workspace_id" {
  type = string
}

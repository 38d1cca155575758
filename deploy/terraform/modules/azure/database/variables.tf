variable "name" {
  type = string
}

variable "resource_group" {
  type = object({ name = string, location = string })
}

variable "tenant_id" {
  type = string
}

variable "subnet_id" {
  type = string
}

variable "dns_zone_id" {
  type = string
}

variable "engine_version" {
  type    = string
  default = "18"
}

variable "sku_name" {
  type = string
}

variable "storage_mb" {
  type = number
}

variable "max_connections" {
  description = "More than all pools at their largest ask for together: the table in deploy/terraform/README.md."
  type        = number
}

variable "backup_days" {
  description = "How far back one can go, to the second."
  type        = number
  default     = 35
}

variable "geo_redundant_backup" {
  description = "Only when the server is made; a second region for when the first is gone."
  type        = bool
}

variable "admin_group" {
  description = "The group of Entra ID whose members administer the database."
  type        = object({ name = string, object_id = string })
}

variable "administrator_password" {
  description = "Anything long and random, when the server is made: TF_VAR_administrator_password."
  type        = string
  ephemeral   = true
  sensitive   = true
}

variable "administrator_password_version" {
  description = "Raise it to set another one."
  type        = number
  default     = 1
}

variable "log_workspace_id" {
  type = string
}

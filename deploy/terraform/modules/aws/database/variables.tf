variable "name" {
  type = string
}

variable "vpc_id" {
  type = string
}

variable "subnet_ids" {
  type = list(string)
}

variable "client_security_group_id" {
  type = string
}

variable "engine_version" {
  type    = string
  default = "18"
}

variable "instance_class" {
  type = string
}

variable "storage_gib" {
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

variable "key_arn" {
  type = string
}

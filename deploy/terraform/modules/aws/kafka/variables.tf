variable "name" {
  type = string
}

variable "vpc_id" {
  type = string
}

variable "subnet_ids" {
  description = "One a zone, and a broker in each."
  type        = list(string)
}

variable "client_security_group_id" {
  type = string
}

variable "kafka_version" {
  type    = string
  default = "3.9.x.kraft"
}

variable "instance_type" {
  type = string
}

variable "storage_gib" {
  type = number
}

variable "password_version" {
  description = "Raise it to change the password."
  type        = number
  default     = 1
}

variable "key_arn" {
  type = string
}

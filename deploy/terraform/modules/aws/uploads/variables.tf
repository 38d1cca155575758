variable "bucket" {
  type = string
}

variable "key_arn" {
  type = string
}

variable "log_bucket" {
  description = "Takes the access log; the account's own, as a rule."
  type        = string
  default     = null
}

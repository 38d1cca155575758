variable "name" {
  type = string
}

variable "consumer_arns" {
  description = "IAM principals of other systems that take events. They need the key, too."
  type        = list(string)
  default     = []
}

variable "sender_arns" {
  description = "IAM principals of other systems that send commands and take replies. They need the key, too."
  type        = list(string)
  default     = []
}

variable "key_arn" {
  type = string
}

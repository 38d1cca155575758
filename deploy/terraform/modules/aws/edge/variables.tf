variable "name" {
  type = string
}

variable "host" {
  type = string
}

variable "requests_per_minute" {
  description = "From one address, before it is turned away."
  type        = number
  default     = 6000
}

variable "key_arn" {
  type = string
}

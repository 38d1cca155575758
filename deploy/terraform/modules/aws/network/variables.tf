variable "name" {
  type = string
}

variable "cidr" {
  description = "A /16: the layout of subnets counts on it, and so do the chart's network policies in deploy/environments."
  type        = string

  validation {
    condition     = endswith(var.cidr, ".0.0/16")
    error_message = "It must be a /16, such as 10.40.0.0/16."
  }
}

variable "zones" {
  description = "Three availability zones: MSK and the database spread over them."
  type        = list(string)

  validation {
    condition     = length(var.zones) == 3
    error_message = "There must be three."
  }
}

variable "single_nat_gateway" {
  description = "One way out for all zones: cheaper, and gone with its zone."
  type        = bool
  default     = false
}

variable "key_arn" {
  type = string
}

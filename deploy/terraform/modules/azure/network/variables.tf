variable "name" {
  type = string
}

variable "resource_group" {
  type = object({ name = string, location = string })
}

variable "cidr" {
  description = "A /16: the layout of subnets counts on it, and so do the chart's network policies in deploy/environments."
  type        = string

  validation {
    condition     = endswith(var.cidr, ".0.0/16")
    error_message = "It must be a /16, such as 10.60.0.0/16."
  }
}

variable "pod_cidr" {
  description = "Of the overlay that pods have their addresses from."
  type        = string
}

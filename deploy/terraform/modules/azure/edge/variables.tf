variable "name" {
  type = string
}

variable "resource_group" {
  type = object({ name = string, location = string })
}

variable "host" {
  type = string
}

variable "private_link_service_id" {
  description = "Of the Private Link Service that AKS has made by then."
  type        = string
}

variable "requests_per_minute" {
  description = "From one address, before it is turned away."
  type        = number
  default     = 6000
}

variable "log_workspace_id" {
  type = string
}

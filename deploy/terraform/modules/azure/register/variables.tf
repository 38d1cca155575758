variable "name" {
  type = string
}

variable "resource_group" {
  type = object({ name = string, location = string })
}

variable "read_locations" {
  description = "Further regions that the register is read from, and that take over when the first is gone."
  type        = list(string)
  default     = []
}

variable "zone_redundant" {
  type = bool
}

variable "max_throughput" {
  description = "Request units a second at most; a tenth of it at least."
  type        = number
}

variable "endpoint_subnet_id" {
  type = string
}

variable "dns_zone_id" {
  type = string
}

variable "principal_ids" {
  type = object({ api = string, events = string })
}

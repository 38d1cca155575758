variable "name" {
  type = string
}

variable "resource_group" {
  type = object({ name = string, location = string })
}

variable "oidc_issuer_url" {
  type = string
}

variable "namespace" {
  description = "Where the chart is installed."
  type        = string
  default     = "certifiable"
}

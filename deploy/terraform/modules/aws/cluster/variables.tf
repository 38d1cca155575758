variable "name" {
  type = string
}

variable "kubernetes_version" {
  type = string
}

variable "subnet_ids" {
  type = list(string)
}

variable "api_cidrs" {
  description = "Who may reach the Kubernetes API from outside the VPC; with none it has no public address."
  type        = list(string)

  validation {
    condition     = !contains(var.api_cidrs, "0.0.0.0/0")
    error_message = "The Kubernetes API is not for the whole world."
  }
}

variable "admin_role_arns" {
  description = "IAM roles that administer the cluster: people's, and the one that Argo CD signs in as."
  type        = list(string)
}

variable "node_instance_types" {
  description = "Of x86-64."
  type        = list(string)
}

variable "nodes" {
  type = object({ min = number, max = number })
}

variable "key_arn" {
  type = string
}

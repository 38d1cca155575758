variable "name" {
  type = string
}

variable "resource_group" {
  type = object({ name = string, location = string })
}

variable "kubernetes_version" {
  type = string
}

variable "network_id" {
  type = string
}

variable "subnet_id" {
  type = string
}

variable "api_cidrs" {
  description = "Who may reach the Kubernetes API from outside; with none the cluster is private."
  type        = list(string)

  validation {
    condition     = !contains(var.api_cidrs, "0.0.0.0/0")
    error_message = "The Kubernetes API is not for the whole world."
  }
}

variable "admin_group_object_ids" {
  description = "Groups of Entra ID that administer the cluster; Argo CD's identity is in one."
  type        = list(string)
}

variable "node_size" {
  type = string
}

variable "nodes" {
  type = object({ min = number, max = number })
}

variable "log_workspace_id" {
  type = string
}

variable "pod_cidr" {
  type = string
}

variable "name" {
  type = string
}

variable "namespace" {
  description = "Where the chart is installed."
  type        = string
  default     = "certifiable"
}

variable "cluster_name" {
  type = string
}

variable "oidc_provider_arn" {
  type = string
}

variable "oidc_issuer" {
  type = string
}

variable "uploads_bucket_arn" {
  type = string
}

variable "register_table_arn" {
  type = string
}

variable "queue_arns" {
  type = object({ events = string, commands = string, replies = string, commands_dead = string })
}

variable "secret_arns" {
  type = list(string)
}

variable "load_balancer_controller_policy_arn" {
  description = "An IAM policy made from docs/install/iam_policy.json of the controller's release that deploy/argocd/platform.yaml pins."
  type        = string
}

variable "key_arn" {
  type = string
}

variable "environment" {
  description = "Such as aws-production: what stands before each name, here and in deploy/argocd/prerequisites."
  type        = string
}

variable "key_arn" {
  type = string
}

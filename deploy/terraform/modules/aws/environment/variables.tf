variable "environment" {
  description = "As its file in deploy/environments is called: aws-staging, aws-production."
  type        = string
}

variable "host" {
  description = "Of the environment's publicUrl."
  type        = string
}

variable "cidr" {
  type = string
}

variable "zones" {
  type = list(string)
}

variable "single_nat_gateway" {
  type    = bool
  default = false
}

variable "kubernetes_version" {
  description = "What all add-ons of deploy/argocd/platform.yaml say they support."
  type        = string
  default     = "1.35"
}

variable "api_cidrs" {
  type    = list(string)
  default = []
}

variable "admin_role_arns" {
  type = list(string)
}

variable "node_instance_types" {
  type    = list(string)
  default = ["m7i.xlarge"]
}

variable "nodes" {
  type = object({ min = number, max = number })
}

variable "database" {
  type = object({ instance_class = string, storage_gib = number, max_connections = number, backup_days = number })
}

variable "kafka" {
  type = object({ instance_type = string, storage_gib = number })
}

variable "event_consumer_arns" {
  type    = list(string)
  default = []
}

variable "command_sender_arns" {
  type    = list(string)
  default = []
}

variable "access_log_bucket" {
  type    = string
  default = null
}

variable "load_balancer_controller_policy_arn" {
  type = string
}

variable "environment" {
  description = "As its file in deploy/environments is called: azure-staging, azure-production."
  type        = string
}

variable "location" {
  type = string
}

variable "host" {
  description = "Of the environment's publicUrl."
  type        = string
}

variable "cidr" {
  type = string
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

variable "admin_cidrs" {
  type    = list(string)
  default = []
}

variable "admin_group" {
  description = "The group of Entra ID whose members operate the environment."
  type        = object({ name = string, object_id = string })
}

variable "administrator_password" {
  type      = string
  ephemeral = true
  sensitive = true
}

variable "node_size" {
  type    = string
  default = "Standard_D4ds_v5"
}

variable "nodes" {
  type = object({ min = number, max = number })
}

variable "database" {
  type = object({ sku_name = string, storage_mb = number, max_connections = number, backup_days = number, geo_redundant_backup = bool })
}

variable "register" {
  type = object({ read_locations = list(string), zone_redundant = bool, max_throughput = number })
}

variable "storage" {
  type = object({ uploads_account = string, uploads_replication = string, backups_account = string, backups_replication = string })
}

variable "vault" {
  type = string
}

variable "private_link_service" {
  description = "The name that edge.frontDoor.privateLinkService has in the environment's values, once it is there; before, null."
  type        = string
  default     = null
}

# All of one environment. What differs between environments is a variable here and a value in live/aws; nothing else does.
locals {
  name = "certifiable-${var.environment}"
}

data "aws_caller_identity" "current" {}

module "key" {
  source = "../key"

  name = local.name
}

module "network" {
  source = "../network"

  name               = local.name
  cidr               = var.cidr
  zones              = var.zones
  single_nat_gateway = var.single_nat_gateway
  key_arn            = module.key.arn
}

module "cluster" {
  source = "../cluster"

  name                = local.name
  kubernetes_version  = var.kubernetes_version
  subnet_ids          = module.network.node_subnet_ids
  api_cidrs           = var.api_cidrs
  admin_role_arns     = var.admin_role_arns
  node_instance_types = var.node_instance_types
  nodes               = var.nodes
  key_arn             = module.key.arn
}

module "database" {
  source = "../database"

  name                     = local.name
  vpc_id                   = module.network.vpc_id
  subnet_ids               = module.network.data_subnet_ids
  client_security_group_id = module.cluster.security_group_id
  instance_class           = var.database.instance_class
  storage_gib              = var.database.storage_gib
  max_connections          = var.database.max_connections
  backup_days              = var.database.backup_days
  key_arn                  = module.key.arn
}

module "uploads" {
  source = "../uploads"

  bucket     = "${local.name}-uploads-${data.aws_caller_identity.current.account_id}"
  log_bucket = var.access_log_bucket
  key_arn    = module.key.arn
}

module "register" {
  source = "../register"

  name    = "${local.name}-register"
  key_arn = module.key.arn
}

module "queues" {
  source = "../queues"

  name          = local.name
  consumer_arns = var.event_consumer_arns
  sender_arns   = var.command_sender_arns
  key_arn       = module.key.arn
}

module "kafka" {
  source = "../kafka"

  name                     = local.name
  vpc_id                   = module.network.vpc_id
  subnet_ids               = module.network.data_subnet_ids
  client_security_group_id = module.cluster.security_group_id
  instance_type            = var.kafka.instance_type
  storage_gib              = var.kafka.storage_gib
  key_arn                  = module.key.arn
}

module "secrets" {
  source = "../secrets"

  environment = var.environment
  key_arn     = module.key.arn
}

module "identity" {
  source = "../identity"

  name                                = local.name
  cluster_name                        = module.cluster.name
  oidc_provider_arn                   = module.cluster.oidc_provider_arn
  oidc_issuer                         = module.cluster.oidc_issuer
  uploads_bucket_arn                  = module.uploads.arn
  register_table_arn                  = module.register.arn
  queue_arns                          = module.queues.arns
  secret_arns                         = concat(module.secrets.arns, [module.kafka.user_secret_arn])
  load_balancer_controller_policy_arn = var.load_balancer_controller_policy_arn
  key_arn                             = module.key.arn
}

module "edge" {
  source = "../edge"

  name    = local.name
  host    = var.host
  key_arn = module.key.arn
}

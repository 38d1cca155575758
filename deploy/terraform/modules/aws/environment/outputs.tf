# Each goes where deploy/terraform/README.md says.

output "cluster" {
  value = { name = module.cluster.name, endpoint = module.cluster.endpoint }
}

output "database_host" {
  value = module.database.host
}

output "database_administrator_secret_arn" {
  value = module.database.administrator_secret_arn
}

output "uploads_bucket" {
  value = module.uploads.bucket
}

output "register_table" {
  value = module.register.table
}

output "queue_urls" {
  value = module.queues.urls
}

output "kafka_bootstrap_servers" {
  value = module.kafka.bootstrap_servers
}

output "role_arns" {
  value = module.identity.role_arns
}

output "certificate_arn" {
  value = module.edge.certificate_arn
}

output "certificate_validation" {
  value = module.edge.certificate_validation
}

output "web_acl_arn" {
  value = module.edge.web_acl_arn
}

output "bootstrap_servers" {
  value = aws_msk_cluster.this.bootstrap_brokers_sasl_scram
}

output "user_secret_arn" {
  value = aws_secretsmanager_secret.user.arn
}

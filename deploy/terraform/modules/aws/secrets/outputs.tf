output "arns" {
  value = [for secret in aws_secretsmanager_secret.this : secret.arn]
}

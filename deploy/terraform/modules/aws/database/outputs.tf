output "host" {
  value = aws_db_instance.this.address
}

output "administrator_secret_arn" {
  description = "For the one time that a person makes the application's roles (deploy/terraform/README.md)."
  value       = aws_db_instance.this.master_user_secret[0].secret_arn
}

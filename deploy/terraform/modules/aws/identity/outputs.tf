output "role_arns" {
  description = "By component: what serviceAccountAnnotations of the environment's values name."
  value       = { for component, role in aws_iam_role.component : component => role.arn }
}

output "client_ids" {
  description = "By component: what serviceAccountAnnotations of the environment's values name."
  value       = { for component, identity in azurerm_user_assigned_identity.this : component => identity.client_id }
}

output "principal_ids" {
  value = { for component, identity in azurerm_user_assigned_identity.this : component => identity.principal_id }
}

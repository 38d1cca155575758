output "name" {
  value = azurerm_kubernetes_cluster.this.name
}

output "oidc_issuer_url" {
  value = azurerm_kubernetes_cluster.this.oidc_issuer_url
}

output "node_resource_group" {
  description = "Where AKS makes the Private Link Service."
  value       = azurerm_kubernetes_cluster.this.node_resource_group
}

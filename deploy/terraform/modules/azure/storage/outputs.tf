output "uploads_endpoint" {
  value = azurerm_storage_account.uploads.primary_blob_endpoint
}

output "uploads_container" {
  value = azurerm_storage_container.uploads.name
}

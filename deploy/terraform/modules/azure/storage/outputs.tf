output "files_account" {
  value = azurerm_storage_account.files.name
}

output "uploads_share" {
  value = azurerm_storage_share.uploads.name
}

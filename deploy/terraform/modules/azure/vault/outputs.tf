output "url" {
  value = azurerm_key_vault.this.vault_uri
}

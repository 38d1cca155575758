output "endpoint" {
  value = azurerm_cosmosdb_account.this.endpoint
}

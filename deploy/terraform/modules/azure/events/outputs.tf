output "endpoint" {
  value = azurerm_eventgrid_topic.this.endpoint
}

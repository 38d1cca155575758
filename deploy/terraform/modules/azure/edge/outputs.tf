output "endpoint_host" {
  description = "What the CNAME of the host points at."
  value       = azurerm_cdn_frontdoor_endpoint.this.host_name
}

output "domain_validation_token" {
  description = "The TXT record _dnsauth of the host."
  value       = azurerm_cdn_frontdoor_custom_domain.this.validation_token
}

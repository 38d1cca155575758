output "id" {
  value = azurerm_virtual_network.this.id
}

output "subnet_ids" {
  value = { for name, subnet in azurerm_subnet.this : name => subnet.id }

  # Whoever uses one relies on its rules and its way out.
  depends_on = [azurerm_subnet_network_security_group_association.this, azurerm_subnet_nat_gateway_association.nodes]
}

output "dns_zone_ids" {
  value = { for name, zone in azurerm_private_dns_zone.this : name => zone.id }

  depends_on = [azurerm_private_dns_zone_virtual_network_link.this]
}

# A subnet for each thing that lives apart. What keeps data has no public address: it is reached by delegation (PostgreSQL) or by
# private endpoints.
resource "azurerm_virtual_network" "this" {
  name                = var.name
  resource_group_name = var.resource_group.name
  location            = var.resource_group.location
  address_space       = [var.cidr]
}

locals {
  subnets = {
    # Nodes alone: pods have addresses of an overlay.
    nodes             = { cidr = cidrsubnet(var.cidr, 6, 8), delegation = null }
    data              = { cidr = cidrsubnet(var.cidr, 8, 8), delegation = "Microsoft.DBforPostgreSQL/flexibleServers" }
    private-endpoints = { cidr = cidrsubnet(var.cidr, 8, 9), delegation = null }
    # The internal load balancer's, and the addresses from which Front Door comes by way of Private Link.
    load-balancer = { cidr = cidrsubnet(var.cidr, 8, 11), delegation = null }
    private-link  = { cidr = cidrsubnet(var.cidr, 8, 12), delegation = null }
  }
}

resource "azurerm_subnet" "this" {
  for_each = local.subnets

  name                              = each.key
  resource_group_name               = var.resource_group.name
  virtual_network_name              = azurerm_virtual_network.this.name
  address_prefixes                  = [each.value.cidr]
  default_outbound_access_enabled   = false
  private_endpoint_network_policies = "Enabled"
  # A Private Link Service takes its addresses from a subnet without them.
  private_link_service_network_policies_enabled = each.key != "private-link"

  dynamic "delegation" {
    for_each = each.value.delegation == null ? [] : [each.value.delegation]

    content {
      name = "service"

      service_delegation {
        name    = delegation.value
        actions = ["Microsoft.Network/virtualNetworks/subnets/join/action"]
      }
    }
  }
}

# Between subnets what is not named is closed; Azure's own last rule would let all of the network talk to all of it.
locals {
  inbound = {
    # Pods' addresses are of an overlay that the network carries between nodes.
    nodes             = { from = [local.subnets.load-balancer.cidr, local.subnets.private-link.cidr, local.subnets.nodes.cidr, var.pod_cidr], protocol = "*", ports = ["0-65535"] }
    data              = { from = [local.subnets.nodes.cidr, local.subnets.data.cidr], protocol = "Tcp", ports = ["5432", "6432"] }
    private-endpoints = { from = [local.subnets.nodes.cidr], protocol = "Tcp", ports = ["443"] }
    load-balancer     = { from = [local.subnets.private-link.cidr, local.subnets.nodes.cidr], protocol = "Tcp", ports = ["80"] }
    private-link      = { from = [local.subnets.load-balancer.cidr, local.subnets.nodes.cidr], protocol = "Tcp", ports = ["80"] }
  }
}

resource "azurerm_network_security_group" "this" {
  for_each = local.inbound

  name                = "${var.name}-${each.key}"
  resource_group_name = var.resource_group.name
  location            = var.resource_group.location

  security_rule {
    name                       = "expected"
    priority                   = 100
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = each.value.protocol
    source_address_prefixes    = each.value.from
    source_port_range          = "*"
    destination_address_prefix = "*"
    destination_port_ranges    = each.value.ports
  }

  security_rule {
    name                       = "probes"
    priority                   = 110
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "*"
    source_address_prefix      = "AzureLoadBalancer"
    source_port_range          = "*"
    destination_address_prefix = "*"
    destination_port_range     = "*"
  }

  security_rule {
    name                       = "nothing-else"
    priority                   = 4000
    direction                  = "Inbound"
    access                     = "Deny"
    protocol                   = "*"
    source_address_prefix      = "*"
    source_port_range          = "*"
    destination_address_prefix = "*"
    destination_port_range     = "*"
  }
}

resource "azurerm_subnet_network_security_group_association" "this" {
  for_each = local.inbound

  subnet_id                 = azurerm_subnet.this[each.key].id
  network_security_group_id = azurerm_network_security_group.this[each.key].id
}

# The nodes' way out: Temporal Cloud, the identity provider, mail, webhooks. One gateway of this kind is in one zone, which Azure chooses.
resource "azurerm_public_ip" "nat" {
  name                = "${var.name}-nat"
  resource_group_name = var.resource_group.name
  location            = var.resource_group.location
  allocation_method   = "Static"
  sku                 = "Standard"
  zones               = ["1", "2", "3"]
}

resource "azurerm_nat_gateway" "this" {
  name                = var.name
  resource_group_name = var.resource_group.name
  location            = var.resource_group.location
  sku_name            = "Standard"
}

resource "azurerm_nat_gateway_public_ip_association" "this" {
  nat_gateway_id       = azurerm_nat_gateway.this.id
  public_ip_address_id = azurerm_public_ip.nat.id
}

resource "azurerm_subnet_nat_gateway_association" "nodes" {
  subnet_id      = azurerm_subnet.this["nodes"].id
  nat_gateway_id = azurerm_nat_gateway.this.id
}

# Names of what is private, answered inside the network alone.
resource "azurerm_private_dns_zone" "this" {
  for_each = {
    postgresql = "${var.name}.private.postgres.database.azure.com"
    cosmos     = "privatelink.documents.azure.com"
    events     = "privatelink.eventgrid.azure.net"
    vault      = "privatelink.vaultcore.azure.net"
    blobs      = "privatelink.blob.core.windows.net"
  }

  name                = each.value
  resource_group_name = var.resource_group.name
}

resource "azurerm_private_dns_zone_virtual_network_link" "this" {
  for_each = azurerm_private_dns_zone.this

  name                  = "${var.name}-${each.key}"
  resource_group_name   = var.resource_group.name
  private_dns_zone_name = each.value.name
  virtual_network_id    = azurerm_virtual_network.this.id
}

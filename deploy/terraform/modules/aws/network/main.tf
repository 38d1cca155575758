# Three kinds of subnets, one of each a zone: load balancers, which the world reaches; nodes, which reach the world; and data,
# which does neither.
data "aws_region" "current" {}

resource "aws_vpc" "this" {
  cidr_block           = var.cidr
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = { Name = var.name }
}

# AWS makes it open; nothing of ours uses it, and nothing should by accident.
resource "aws_default_security_group" "closed" {
  vpc_id = aws_vpc.this.id
}

resource "aws_subnet" "load_balancer" {
  count = length(var.zones)

  vpc_id            = aws_vpc.this.id
  availability_zone = var.zones[count.index]
  cidr_block        = cidrsubnet(var.cidr, 8, count.index)

  tags = {
    Name                     = "${var.name}-load-balancer-${var.zones[count.index]}"
    "kubernetes.io/role/elb" = "1"
  }
}

resource "aws_subnet" "data" {
  count = length(var.zones)

  vpc_id            = aws_vpc.this.id
  availability_zone = var.zones[count.index]
  cidr_block        = cidrsubnet(var.cidr, 8, 8 + count.index)

  tags = { Name = "${var.name}-data-${var.zones[count.index]}" }
}

# A pod has an address of its own here: 8,190 of them a zone.
resource "aws_subnet" "nodes" {
  count = length(var.zones)

  vpc_id            = aws_vpc.this.id
  availability_zone = var.zones[count.index]
  cidr_block        = cidrsubnet(var.cidr, 3, 1 + count.index)

  tags = {
    Name                              = "${var.name}-nodes-${var.zones[count.index]}"
    "kubernetes.io/role/internal-elb" = "1"
  }
}

# Ways out -------------------------------------------------------------------------------------------------------------

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id

  tags = { Name = var.name }
}

# One a zone, so that a zone that fails takes no other one's way out with it; a single one where that is not worth its price.
locals {
  gateways = var.single_nat_gateway ? 1 : length(var.zones)
}

resource "aws_eip" "nat" {
  count = local.gateways

  domain = "vpc"

  tags = { Name = "${var.name}-nat-${var.zones[count.index]}" }
}

resource "aws_nat_gateway" "this" {
  count = local.gateways

  allocation_id = aws_eip.nat[count.index].id
  subnet_id     = aws_subnet.load_balancer[count.index].id

  tags = { Name = "${var.name}-${var.zones[count.index]}" }

  depends_on = [aws_internet_gateway.this]
}

resource "aws_route_table" "load_balancer" {
  vpc_id = aws_vpc.this.id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.this.id
  }

  tags = { Name = "${var.name}-load-balancer" }
}

resource "aws_route_table_association" "load_balancer" {
  count = length(var.zones)

  route_table_id = aws_route_table.load_balancer.id
  subnet_id      = aws_subnet.load_balancer[count.index].id
}

resource "aws_route_table" "nodes" {
  count = length(var.zones)

  vpc_id = aws_vpc.this.id

  route {
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = aws_nat_gateway.this[count.index % local.gateways].id
  }

  tags = { Name = "${var.name}-nodes-${var.zones[count.index]}" }
}

resource "aws_route_table_association" "nodes" {
  count = length(var.zones)

  route_table_id = aws_route_table.nodes[count.index].id
  subnet_id      = aws_subnet.nodes[count.index].id
}

resource "aws_route_table" "data" {
  vpc_id = aws_vpc.this.id

  tags = { Name = "${var.name}-data" }
}

resource "aws_route_table_association" "data" {
  count = length(var.zones)

  route_table_id = aws_route_table.data.id
  subnet_id      = aws_subnet.data[count.index].id
}

# Uploads and the register go by these, not through NAT. They keep public addresses, which is what the chart's network policies
# let pods reach; an interface endpoint would have a private one, and they would have to name it.
resource "aws_vpc_endpoint" "gateway" {
  for_each = toset(["s3", "dynamodb"])

  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${data.aws_region.current.region}.${each.key}"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = aws_route_table.nodes[*].id

  tags = { Name = "${var.name}-${each.key}" }
}

# Flow logs ------------------------------------------------------------------------------------------------------------

resource "aws_cloudwatch_log_group" "flow" {
  name              = "/certifiable/${var.name}/flow"
  retention_in_days = 365
  kms_key_id        = var.key_arn
}

data "aws_iam_policy_document" "flow_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["vpc-flow-logs.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "flow" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
    resources = ["${aws_cloudwatch_log_group.flow.arn}:*"]
  }
}

resource "aws_iam_role" "flow" {
  name               = "${var.name}-flow-logs"
  assume_role_policy = data.aws_iam_policy_document.flow_trust.json
}

resource "aws_iam_role_policy" "flow" {
  name   = "write"
  role   = aws_iam_role.flow.id
  policy = data.aws_iam_policy_document.flow.json
}

resource "aws_flow_log" "this" {
  vpc_id          = aws_vpc.this.id
  traffic_type    = "REJECT"
  log_destination = aws_cloudwatch_log_group.flow.arn
  iam_role_arn    = aws_iam_role.flow.arn
}

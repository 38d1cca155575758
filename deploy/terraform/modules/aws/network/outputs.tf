output "vpc_id" {
  value = aws_vpc.this.id
}

output "load_balancer_subnet_ids" {
  value = aws_subnet.load_balancer[*].id
}

output "node_subnet_ids" {
  value = aws_subnet.nodes[*].id
}

output "node_subnet_cidrs" {
  value = aws_subnet.nodes[*].cidr_block
}

output "data_subnet_ids" {
  value = aws_subnet.data[*].id
}

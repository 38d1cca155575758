variable "name" {
  description = "Of the environment, with the product before it, such as certifiable-aws-production."
  type        = string
}

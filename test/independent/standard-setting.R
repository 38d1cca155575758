# The figures of a panel by base R, from JSON on standard input: ratings as shares (a row a panelist), the points of the items, scores of candidates.
library(jsonlite)
given <- fromJSON(file("stdin"), simplifyVector = TRUE)
figures <- function(ratings, points, scores, facility) {
  cuts <- as.vector(ratings %*% points)
  n <- length(cuts)
  total <- sum(points)
  test <- t.test(cuts)
  error <- sd(cuts) / sqrt(n)
  farthest <- which.max(abs(cuts - mean(cuts)))
  g <- abs(cuts[farthest] - mean(cuts)) / sd(cuts)
  t2 <- qt(1 - 0.05 / (2 * n), n - 2)^2
  limit <- (n - 1) / sqrt(n) * sqrt(t2 / (n - 2 + t2))
  pass <- function(cut) sum(scores >= cut - 1e-9)
  list(
    mean = mean(cuts), error = error, low = max(0, test$conf.int[1] / total), high = min(1, test$conf.int[2] / total),
    passes = c(pass(mean(cuts) - error), pass(mean(cuts)), pass(min(total, mean(cuts) + error))),
    itemMeans = colMeans(ratings), itemDeviations = apply(ratings, 2, sd),
    likeness = apply(ratings, 1, function(row) cor(row, facility)),
    outlying = if (g > limit) farthest else 0
  )
}
out <- lapply(seq_along(given$panels$points), function(place) {
  panel <- lapply(given$panels, function(column) column[[place]])
  figures(panel$ratings, panel$points, panel$scores, panel$facility)
})
cat(toJSON(out, digits = I(17), auto_unbox = TRUE))

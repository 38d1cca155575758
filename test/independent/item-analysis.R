# Item analysis of matrices of points on standard input, by psych, eRm and base R; with LSAT 6 of psych, which the caller gets back.

# No four-parameter distribution, or a fit in between that has no root: both are expected.
options(warn = -1)
suppressPackageStartupMessages({ library(psych); library(eRm); library(jsonlite) })

given <- fromJSON(file("stdin"), simplifyVector = TRUE, simplifyDataFrame = FALSE)
given[[length(given) + 1]] <- list(points = unname(as.matrix(lsat6)), max = rep(1, 5), passMark = 0.6, rasch = TRUE)

# Livingston and Lewis (1995), with a and b after Johnson, Kotz and Balakrishnan, and R's own integration and binomial.
livingston_lewis <- function(p, reliability, cut) {
  m <- mean(p); v <- mean((p - m)^2)
  n <- round((m * (1 - m) - reliability * v) / (v * (1 - reliability)))
  x <- n * p
  f <- c(mean(x), mean(x * (x - 1)), mean(x * (x - 1) * (x - 2)), mean(x * (x - 1) * (x - 2) * (x - 3)))
  raw <- f / c(n, n * (n - 1), n * (n - 1) * (n - 2), n * (n - 1) * (n - 2) * (n - 3))
  mu <- raw[1]; s2 <- raw[2] - mu^2
  m3 <- raw[3] - 3 * mu * raw[2] + 2 * mu^3
  m4 <- raw[4] - 4 * mu * raw[3] + 6 * mu^2 * raw[2] - 3 * mu^4
  b1 <- m3^2 / s2^3; b2 <- m4 / s2^2
  r <- 6 * (b2 - b1 - 1) / (6 + 3 * b1 - 2 * b2)
  root <- (r + 2) * sqrt(b1 / ((r + 2)^2 * b1 + 16 * (r + 1)))
  pair <- r / 2 * c(1 - root, 1 + root)
  a <- if (m3 < 0) max(pair) else min(pair)
  b <- r - a
  l <- mu - a * sqrt(s2 * (r + 1) / (a * b))
  u <- mu + b * sqrt(s2 * (r + 1) / (a * b))
  parameters <- 4
  if (!all(is.finite(c(a, b, l, u))) || a <= 0 || b <= 0 || l < 0 || u > 1) {
    parameters <- 2; l <- 0; u <- 1
    a <- mu * (mu * (1 - mu) / s2 - 1); b <- (1 - mu) * (mu * (1 - mu) / s2 - 1)
  }
  needed <- ceiling(cut * n - 1e-9)
  # Over quantiles of the true scores, so that no pole is met.
  passing <- function(q) pbinom(needed - 1, n, l + (u - l) * qbeta(q, a, b), lower.tail = FALSE)
  middle <- pbeta((cut - l) / (u - l), a, b)
  over <- function(f) {
    part <- function(from, to) if (to > from) integrate(f, from, to, rel.tol = 1e-8, subdivisions = 2000)$value else 0
    c(part(0, middle), part(middle, 1))
  }
  pass <- over(passing)
  consistency <- sum(over(function(q) passing(q)^2 + (1 - passing(q))^2))
  chance <- sum(pass)^2 + (1 - sum(pass))^2
  list(consistency = consistency, kappa = (consistency - chance) / (1 - chance), accuracy = 1 - pass[1] - (1 - middle - pass[2]),
       falsePasses = pass[1], effectiveLength = n, parameters = parameters)
}

figures <- function(one) {
  points <- one$points; k <- ncol(points); total <- rowSums(points)
  found <- suppressWarnings(suppressMessages(alpha(as.data.frame(points), check.keys = FALSE, warnings = FALSE)))
  raw <- found$total$raw_alpha
  interval <- alpha.ci(raw, n.obs = nrow(points), n.var = k)
  deviations <- sweep(points, 2, colMeans(points)) - (total - mean(total)) / k
  errors <- k / (k - 1) * rowSums(deviations^2)
  at <- one$passMark * sum(one$max)
  curve <- lm(errors ~ t + I(t^2), data = data.frame(errors = errors, t = total))
  result <- list(
    facility = colMeans(points) / one$max,
    discrimination = found$item.stats$r.drop,
    alphaWithout = found$alpha.drop$raw_alpha,
    alpha = c(raw, interval$lower.ci, interval$upper.ci),
    standardError = sd(total) * sqrt(1 - raw),
    meanError = sqrt(mean(errors) * nrow(points) / (nrow(points) - 1)),
    errorAt = unname(sqrt(predict(curve, data.frame(t = at)))),
    decisions = livingston_lewis(total / sum(one$max), raw, one$passMark)
  )
  if (!is.null(one$choices)) {
    names <- sort(unique(as.vector(one$choices)))
    result$choices <- lapply(seq_len(k), function(i) lapply(setNames(names, names), function(name) {
      taken <- one$choices[, i] == name
      if (any(taken) && !all(taken)) cor(taken, total - points[, i]) else NULL
    }))
  }
  if (isTRUE(one$rasch)) {
    fit <- RM(points)
    persons <- itemfit(person.parameter(fit))
    result$rasch <- list(difficulty = unname(-fit$betapar), infit = unname(persons$i.infitMSQ), outfit = unname(persons$i.outfitMSQ),
                         infitZ = unname(persons$i.infitZ), standardError = unname(fit$se.beta))
  }
  list(points = points, max = one$max, passMark = one$passMark, figures = result)
}

cat(toJSON(lapply(given, figures), digits = NA, auto_unbox = TRUE))

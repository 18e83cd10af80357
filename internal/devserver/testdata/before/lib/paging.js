exports.page = function (list, query) {
  const size = Number(query.size || 2)
  const at = Number(query.page || 1)
  return { total: list.length, page: at, items: list.slice((at - 1) * size, at * size) }
}

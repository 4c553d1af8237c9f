// Expected answers: what each read has to show, computed from the rows of one moment by code of our own.
#pragma once

#include "apps/wats/demo/timeline.hpp"
#include "wats/op/all.hpp"

#include <optional>
#include <string>
#include <vector>

namespace wats::demo {

/// Which rows an answer is made of (HistoryIndex::timeline).
[[nodiscard]] std::vector<std::string> groups_of(const op::ProcessList& request);
[[nodiscard]] std::vector<std::string> groups_of(const op::ProductList& request);
[[nodiscard]] std::vector<std::string> groups_of(const op::ProductGet& request);
[[nodiscard]] std::vector<std::string> groups_of(const op::ProductGetRevisionByPath& request);
[[nodiscard]] std::vector<std::string> groups_of(const op::ProductionGetUnit& request);
[[nodiscard]] std::vector<std::string> groups_of(const op::ProductionVerifyUnit& request);
[[nodiscard]] std::vector<std::string> groups_of(const op::ReportQueryHeaders& request);

/// The right answer for these rows; none: there is no such thing.
/// *Errors*: throws Failure for a row that can't be read; Errc::invalid_argument for a question that the
/// demonstration does not ask (filters other than one serial number or part number).
[[nodiscard]] std::optional<std::vector<Process>> expected(const op::ProcessList& request, const Rows& rows,
                                                           Decoder& decoder);
[[nodiscard]] std::optional<std::vector<ProductView>> expected(const op::ProductList& request,
                                                               const Rows& rows, Decoder& decoder);
[[nodiscard]] std::optional<Product> expected(const op::ProductGet& request, const Rows& rows,
                                              Decoder& decoder);
[[nodiscard]] std::optional<ProductRevision> expected(const op::ProductGetRevisionByPath& request,
                                                      const Rows& rows, Decoder& decoder);
[[nodiscard]] std::optional<Unit> expected(const op::ProductionGetUnit& request, const Rows& rows,
                                           Decoder& decoder);
[[nodiscard]] std::optional<UnitGrade> expected(const op::ProductionVerifyUnit& request, const Rows& rows,
                                                Decoder& decoder);
[[nodiscard]] std::optional<std::vector<ReportHeader>> expected(const op::ReportQueryHeaders& request,
                                                                const Rows& rows, Decoder& decoder);

}  // namespace wats::demo

// Instances: a random request of every operation there is. An operation without one does not compile.
#pragma once

#include "tests/property/invalidation/dice.hpp"
#include "tests/property/invalidation/world.hpp"
#include "wats/model/report_fields.hpp"
#include "wats/op/all.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace wats::testing {

/// One of so many, the first oftener than the others: where much is about the same, reads and writes meet.
inline std::size_t some(Dice& dice, std::size_t count) {
  return dice.chance(50) ? 0 : dice.below(count);
}

/// `static Op draw(World&, Dice&)`. A new card needs one here, and a right answer in truths.hpp if it reads.
template <op::Operation Op>
class Instances;

template <>
class Instances<op::AppGetVersion> {
 public:
  static op::AppGetVersion draw(World& /*world*/, Dice& /*dice*/) { return {}; }
};

template <>
class Instances<op::ProcessList> {
 public:
  static op::ProcessList draw(World& /*world*/, Dice& /*dice*/) { return {}; }
};

template <>
class Instances<op::ProductList> {
 public:
  static op::ProductList draw(World& world, Dice& dice) {
    op::ProductList request;
    request.filter = Filter::raw("startswith(PartNumber,'" + world.prefix() + "')");
    if (dice.chance(20)) request.top = static_cast<std::int32_t>(1 + dice.below(2));
    return request;
  }
};

template <>
class Instances<op::ProductGet> {
 public:
  static op::ProductGet draw(World& world, Dice& dice) {
    return op::ProductGet(world.part_number(some(dice, world.products())));
  }
};

template <>
class Instances<op::ProductGetRevisionByPath> {
 public:
  static op::ProductGetRevisionByPath draw(World& world, Dice& dice) {
    return {world.part_number(some(dice, world.products())), World::revision(dice.below(2))};
  }
};

template <>
class Instances<op::ProductionGetUnit> {
 public:
  static op::ProductionGetUnit draw(World& world, Dice& dice) {
    return {world.serial_number(some(dice, world.units())), world.part_number(some(dice, world.products()))};
  }
};

template <>
class Instances<op::ProductionVerifyUnit> {
 public:
  static op::ProductionVerifyUnit draw(World& world, Dice& dice) {
    return {world.serial_number(some(dice, world.units())), world.part_number(some(dice, world.products()))};
  }
};

template <>
class Instances<op::ReportQueryHeaders> {
 public:
  static op::ReportQueryHeaders draw(World& world, Dice& dice) {
    op::ReportQueryHeaders request;
    if (dice.chance(50)) {
      request.filter = report_field::serial_number == world.serial_number(some(dice, world.units()));
    } else {
      request.filter = report_field::part_number == world.part_number(some(dice, world.products()));
    }
    if (dice.chance(30)) request.top = static_cast<std::int32_t>(1 + dice.below(2));
    return request;
  }
};

template <>
class Instances<op::ProductSave> {
 public:
  static op::ProductSave draw(World& world, Dice& dice) {
    const std::size_t index = some(dice, world.products());
    const auto stored = world.product(world.part_number(index));
    return op::ProductSave(stored ? changed(world, dice, *stored) : made(world, dice, index));
  }
  static Product made(World& world, Dice& dice, std::size_t index) {
    Product product(world.part_number(index));
    product.name = world.news();
    const std::size_t revisions = dice.below(3);
    for (std::size_t i = 0; i < revisions; ++i) product.revisions.emplace_back(World::revision(i));
    return product;
  }

 private:
  static Product changed(World& world, Dice& dice, const Product& stored) {
    Product product(stored.part_number);
    product.product_id = spelt(dice, *stored.product_id);
    switch (dice.below(8)) {
      case 0:
        product.description = world.news();
        break;
      case 1:
        // All that is known, with another name.
        product.revisions = stored.revisions;
        product.name = world.news();
        break;
      case 2:
      case 3:
        product.revisions.emplace_back(World::revision(dice.below(2)));
        product.revisions.back().description = world.news();
        break;
      case 4:
      case 5:
      case 6:
        product.part_number = another_name(world, dice);
        break;
      default:
        // Refused: without its id it would be a second one of its name.
        product.product_id.reset();
        break;
    }
    return product;
  }
  /// A free one where there is one, else one that will be refused.
  static std::string another_name(World& world, Dice& dice) {
    const std::size_t begin = dice.below(world.products());
    for (std::size_t i = 0; i < world.products(); ++i) {
      std::string name = world.part_number((begin + i) % world.products());
      if (!world.product(name)) return name;
    }
    return world.part_number(begin);
  }
  /// Ids mean the same in capitals.
  static std::string spelt(Dice& dice, std::string id) {
    if (dice.chance(25))
      std::transform(id.begin(), id.end(), id.begin(),
                     [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return id;
  }
};

template <>
class Instances<op::ProductionSetUnitPhase> {
 public:
  static op::ProductionSetUnitPhase draw(World& world, Dice& dice) {
    static constexpr std::array phases = {UnitPhase::under_production, UnitPhase::production_repair,
                                          UnitPhase::finalized, UnitPhase::scrapped, UnitPhase::shipped};
    return {world.serial_number(some(dice, world.units())), world.part_number(some(dice, world.products())),
            phases[dice.below(phases.size())]};
  }
};

template <>
class Instances<op::ReportPostWsjf> {
 public:
  /// Ids and moments come again, so that reports replace others by both. Those that stay differ in their
  /// moment: which of two comes first in a list the headers do not tell.
  static op::ReportPostWsjf draw(World& world, Dice& dice) {
    const std::size_t unit = some(dice, world.units());
    const std::size_t product = some(dice, world.products());
    const std::size_t process = dice.below(2);
    const std::size_t moment = ((unit * world.products() + product) * 2 + process) * 2 + dice.below(2);
    char rest[512];
    std::snprintf(rest, sizeof rest,
                  R"("rev":"R%zu","processCode":%zu,"result":"%s","machineName":"ST-%zu","location":"Bench",)"
                  R"("purpose":"Production","start":"2026-02-03T09:%02zu:00Z","uut":{"user":"op1"},)"
                  R"("root":{"id":0,"group":"M","stepType":"SequenceCall","name":"Main","status":"P"}})",
                  dice.below(2), 10 + 10 * process, dice.chance(70) ? "P" : "F", dice.below(100), moment);
    const std::string head = R"({"type":"T","id":")" + world.report_id(unit, product, dice.below(3)) +
                             R"(","pn":")" + world.part_number(product) + R"(","sn":")" +
                             world.serial_number(unit) + "\",";
    return op::ReportPostWsjf(ReportDocument::parse(head + rest).value());
  }
};

}  // namespace wats::testing

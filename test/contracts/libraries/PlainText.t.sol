// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {PlainText} from "../../../contracts/libraries/PlainText.sol";
import {Test} from "../../helpers/sol/Test.sol";

contract PlainTextTest is Test {
    function test_slug() public pure {
        vm.assertTrue(PlainText.isSlug("abc"), "3");
        vm.assertTrue(PlainText.isSlug("a-1"), "hyphen inside");
        vm.assertTrue(PlainText.isSlug("abcdefghijabcdefghijabcdefghijabcdefghij"), "40");
        vm.assertFalse(PlainText.isSlug("abcdefghijabcdefghijabcdefghijabcdefghijk"), "41");
        vm.assertFalse(PlainText.isSlug("ab"), "2");
        vm.assertFalse(PlainText.isSlug("-ab"), "leading hyphen");
        vm.assertFalse(PlainText.isSlug("ab-"), "trailing hyphen");
        vm.assertFalse(PlainText.isSlug("a_b"), "underscore");
    }

    function test_cid() public pure {
        vm.assertTrue(PlainText.isCid("QmYwAPJz"), "8");
        vm.assertFalse(PlainText.isCid("QmYwAPJ"), "7");
        vm.assertFalse(PlainText.isCid("bafy/../x"), "path");
    }

    function test_licence() public pure {
        vm.assertTrue(PlainText.isLicence("MIT"), "MIT");
        vm.assertTrue(PlainText.isLicence("(GPL-2.0+ OR Apache-2.0)"), "expression");
        vm.assertFalse(PlainText.isLicence(""), "empty");
        vm.assertFalse(PlainText.isLicence("MIT\n"), "newline");
    }

    function test_url() public pure {
        vm.assertTrue(PlainText.isUrl("http://127.0.0.1:9090"), "http");
        vm.assertTrue(PlainText.isUrl("https://[2001:db8::1]/base?x=%20"), "https");
        vm.assertFalse(PlainText.isUrl("https://"), "nothing behind the scheme");
        vm.assertFalse(PlainText.isUrl("javascript:alert(1)"), "scheme");
        vm.assertFalse(PlainText.isUrl("https://a/<script>"), "bracket");
        vm.assertFalse(PlainText.isUrl("https://a/\" onload="), "quote");
        vm.assertFalse(PlainText.isUrl("https://a b"), "space");
    }

    /// @dev Every accepted text is one line of printable ASCII within its length, whatever bytes come in.
    function test_fuzz_acceptedTextsAreHarmless(bytes memory raw, uint8 letter, uint8 at) public pure {
        string memory text = string(raw);
        _harmless(text);
        bytes memory near = "https://worker.example/base";
        near[8 + (at % 18)] = bytes1(letter);
        _harmless(string(near));
    }

    function _harmless(string memory text) private pure {
        bytes memory s = bytes(text);
        bool slug = PlainText.isSlug(text);
        bool cid = PlainText.isCid(text);
        bool licence = PlainText.isLicence(text);
        bool url = PlainText.isUrl(text);
        if (!slug && !cid && !licence && !url) return;
        vm.assertLe(s.length, 256, "length");
        for (uint256 i = 0; i < s.length; ++i) {
            vm.assertTrue(s[i] >= 0x20 && s[i] < 0x7f && s[i] != "<" && s[i] != "\"" && s[i] != "'", "character");
        }
    }
}
